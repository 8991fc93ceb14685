-- What a machine was asked to be. One box has one kind of machine and one zone, so that these are only remembered and
-- answered, as Nova would.
alter table local_cloud.server
  add column compute_flavor text,
  add column image_tag text,
  add column zone text;

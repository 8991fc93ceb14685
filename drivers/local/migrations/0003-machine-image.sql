-- Which image a machine booted is known by its id; tags move on to newer ones.
alter table local_cloud.server rename column image_tag to image_id;

-- An administrator's list of everybody's load balancers reads one page of this index, not the whole table.
create index load_balancer_listed_by_all on load_balancer (created_at, id) where provisioning_status <> 'DELETED';

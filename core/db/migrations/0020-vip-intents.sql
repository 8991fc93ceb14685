-- VIP ports on their way: made before their load balancer is stored. The row goes in the transaction that stores it; one
-- that stays says what to give back.
create table vip_intent (
  load_balancer_id uuid primary key,
  provider text not null,
  vip jsonb not null,
  -- From then on no load balancer may be stored with it.
  is_given_up boolean not null,
  created_at timestamptz not null
);
create index vip_intent_age on vip_intent (created_at);

alter table documents
  add column request_id uuid,
  add constraint documents_request unique (tenant_id, request_id);

comment on column documents.request_id is 'Made with the form that was sent: the same form sent twice brings one document.';

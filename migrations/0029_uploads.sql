alter table documents
  add column upload_hash uuid,
  add constraint documents_upload unique (tenant_id, upload_hash);

comment on column documents.upload_hash is
  'The first half of the SHA-256 of the form that brought it and of the file: the same form with the same file brings one document.';

-- 病历文书：一份一行，只取类型、状态与时间；正文与标题含患者文字，留在原始层。
SELECT 'EMR_DOC'                             AS source_table,
       d._key                                AS source_key,
       CAST(d.DOC_ID AS VARCHAR)             AS document_id,
       'ZY-' || d.ZYH                        AS stay_id,
       clean(d.DOC_TYPE)                     AS kind,
       clean(d.STATUS)                       AS status,
       cn_time(d.CREATE_TIME)                AS created_at,
       cn_time(d.SIGN_TIME)                  AS signed_at
FROM EMR_DOC d

-- 患者：每条消息的 PID 都可能更正；没有写的项保留原值。
SELECT 'mz_patient'                          AS source_table,
       p._key                                AS source_key,
       p.local_id                            AS local_id,
       CASE p.sex WHEN 'M' THEN '男' WHEN 'F' THEN '女' END AS gender,
       TRY_CAST(p.born AS DATE)              AS birth_date,
       TRY_CAST(p.said AS TIMESTAMP)         AS registered_at,
       clean(p.name)                         AS name,
       clean(p.id_card)                      AS id_card,
       clean(p.phone)                        AS phone,
       clean(p.address)                      AS address
FROM mz_patient p

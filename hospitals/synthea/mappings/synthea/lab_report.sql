-- 检验报告：源里没有标本与报告，同一次就诊同一时刻的检验项目合成一份，出处记其中第一行。
SELECT 'observations'                        AS source_table,
       min(o._key)                           AS source_key,
       'BG-' || o.ENCOUNTER || '-' || o.DATE AS report_id,
       'synthea'                             AS patient_source,
       o.PATIENT                             AS patient_local_id,
       p.SPECIALITY                          AS department,
       'MA'                                  AS campus,
       CAST(o.DATE AS TIMESTAMPTZ) AT TIME ZONE 'America/New_York' AS published_at,
       1                                     AS version
FROM observations o
LEFT JOIN encounters e ON e.Id = o.ENCOUNTER
LEFT JOIN providers p ON p.Id = e.PROVIDER
WHERE o.CATEGORY = 'laboratory'
GROUP BY o.ENCOUNTER, o.PATIENT, o.DATE, p.SPECIALITY

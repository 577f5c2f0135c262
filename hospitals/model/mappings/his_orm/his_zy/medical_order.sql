-- 住院医嘱：新开 NW 执行、停止 DC、作废 CA。
SELECT 'zy_order'                            AS source_table,
       o._key                                AS source_key,
       'YZ-' || o."order"                    AS order_id,
       'ZY-' || CASE WHEN length(o.stay) > 9 THEN left(o.stay, length(o.stay) - 2) ELSE o.stay END AS stay_id,
       'his_zy'                              AS patient_source,
       o.patient                             AS patient_local_id,
       o.department                          AS department,
       o.doctor                              AS doctor,
       o.term                                AS term,
       CASE WHEN coalesce(i.drug, c.drug) IS NOT NULL THEN '药品' WHEN r.section = 'LAB' THEN '检验' WHEN r.section = 'RAD' THEN '检查'
            WHEN r.section = 'SUR' THEN '手术' END AS kind,
       coalesce(i.drug, c.drug)              AS drug,
       coalesce(i.name, c.name, r.name)      AS name,
       coalesce(TRY_CAST(o.began AS TIMESTAMP), CASE WHEN o.control = 'NW' THEN TRY_CAST(o.at AS TIMESTAMP) END) AS started_at,
       CASE WHEN o.control = 'DC' THEN coalesce(TRY_CAST(o.stopped AS TIMESTAMP), TRY_CAST(o.at AS TIMESTAMP)) END AS stopped_at,
       CASE o.control WHEN 'NW' THEN '执行' WHEN 'DC' THEN '停止' WHEN 'CA' THEN '作废' END AS status
FROM zy_order o
LEFT JOIN zy_item i ON i._message = o._message AND i."order" = o."order"
LEFT JOIN zy_coded c ON c._message = o._message AND c."order" = o."order"
LEFT JOIN zy_request r ON r._message = o._message AND r."order" = o."order"
WHERE o.control IN ('NW', 'DC', 'CA', 'XO', 'SC')

-- 处方与申请：一张一行；作废的状态为退费。
SELECT 'mz_order'                            AS source_table,
       any_value(o._key)                     AS source_key,
       'CF-' || o.sheet                      AS prescription_id,
       'MZ-' || any_value(o.visit)           AS visit_id,
       'his_mz'                              AS patient_source,
       any_value(o.patient)                  AS patient_local_id,
       any_value(o.department)               AS department,
       any_value(o.doctor)                   AS doctor,
       any_value(CASE WHEN y.YPLB = '1' THEN '西药' WHEN y.YPLB = '2' THEN '成药' WHEN y.YPLB = '3' THEN '草药'
                      WHEN r.section = 'LAB' THEN '检验' WHEN r.section = 'RAD' THEN '检查' WHEN r.section = 'OTH' THEN '其他' END) AS kind,
       CASE WHEN o.control = 'NW' THEN any_value(TRY_CAST(o.at AS TIMESTAMP)) END AS issued_at,
       CASE o.control WHEN 'CA' THEN '退费' WHEN 'NW' THEN '正常' END AS status
FROM mz_order o
LEFT JOIN mz_drug d ON d._message = o._message AND d.line = o.line
LEFT JOIN mz_coded c ON c._message = o._message AND c.line = o.line
LEFT JOIN mz_request r ON r._message = o._message AND r.line = o.line
LEFT JOIN YK_YPZD y ON y.YPDM = coalesce(d.drug, c.drug)
WHERE o.sheet IS NOT NULL
GROUP BY o._message, o.sheet, o.control

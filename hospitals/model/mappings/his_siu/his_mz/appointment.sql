-- 预约：一个预约一行，状态由事件说。
SELECT 'siu_booking'                         AS source_table,
       b._key                                AS source_key,
       'YY-' || b.booking                    AS appointment_id,
       'his_mz'                              AS patient_source,
       b.patient                             AS patient_local_id,
       b.department                          AS department,
       b.doctor                              AS doctor,
       k.YQ                                  AS campus,
       b.channel                             AS channel,
       CASE b.again WHEN '1' THEN '初诊' WHEN '2' THEN '复诊' END AS visit_type,
       TRY_CAST(b.slot AS TIMESTAMP)         AS slot_at,
       TRY_CAST(b.booked AS TIMESTAMP)       AS booked_at,
       CASE WHEN b.event = 'S15' THEN TRY_CAST(b.at AS TIMESTAMP) END AS cancelled_at,
       CASE b.event WHEN 'S12' THEN '已预约' WHEN 'S13' THEN '已预约' WHEN 'S15' THEN '已取消' WHEN 'S26' THEN '爽约' WHEN 'S14' THEN '已就诊' END AS status
FROM siu_booking b
LEFT JOIN YY_KSBMK k ON k.ID = b.department

-- 危急值：一份报告一个项目一行；未通报、未处置的时间留空，不补。
WITH 报告 AS (
  SELECT r.report_id, s.dept_code, s.ward, s.hosp_code, s.pat_type, s.pat_no
  FROM lis_report r LEFT JOIN lis_sample s ON s.barcode = r.barcode
), 危急 AS (
  SELECT *, cn_time(notify_time) AS 通报, cn_time(handle_time) AS 处置 FROM lis_critical
)
SELECT 'lis_critical'                        AS source_table,
       c._key                                AS source_key,
       c._key                                AS critical_id,
       c.report_id                           AS report_id,
       CASE WHEN r.pat_type IN ('O', 'E') THEN 'his_mz' WHEN r.pat_type = 'I' THEN 'his_zy' END AS patient_source,
       CASE WHEN r.pat_type IN ('O', 'E', 'I') THEN ltrim(clean(r.pat_no), '0') END AS patient_local_id,
       clean(r.dept_code)                    AS department,
       clean(r.ward)                         AS ward,
       clean(r.hosp_code)                    AS campus,
       c.item_code                           AS item,
       cn_time(c.found_time)                 AS found_at,
       c.通报                                AS notified_at,
       cn_time(c.confirm_time)               AS confirmed_at,
       c.处置                                AS handled_at,
       CAST(date_diff('second', c.通报, c.处置) / 60.0 AS DECIMAL(18,4)) AS handling_minutes,
       cn_time(c.entered_at)                 AS recorded_at
FROM 危急 c
LEFT JOIN 报告 r ON r.report_id = c.report_id

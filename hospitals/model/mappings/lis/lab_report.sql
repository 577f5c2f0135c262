-- 检验报告：一份报告一个版本一行，申请科室随标本；周转时间 = 接收到发布的分钟数。
WITH 标本 AS (
  SELECT barcode, pat_name, pat_type, pat_no, dept_code, ward, hosp_code, cn_time(recv_time) AS 接收 FROM lis_sample
), 报告 AS (
  SELECT *, cn_time(pub_time) AS 发布 FROM lis_report
)
SELECT 'lis_report'                          AS source_table,
       r._key                                AS source_key,
       CASE WHEN s.pat_name = '质控' THEN 'quality_control' END AS ignored,
       r.report_id                           AS report_id,
       r.barcode                             AS sample_id,
       CASE WHEN s.pat_type IN ('O', 'E') THEN 'his_mz' WHEN s.pat_type = 'I' THEN 'his_zy' END AS patient_source,
       CASE WHEN s.pat_type IN ('O', 'E', 'I') THEN ltrim(clean(s.pat_no), '0') END AS patient_local_id,
       CASE s.pat_type WHEN 'O' THEN '门诊' WHEN 'E' THEN '急诊' WHEN 'I' THEN '住院' WHEN 'H' THEN '体检' END AS patient_class,
       clean(s.dept_code)                    AS department,
       clean(s.ward)                         AS ward,
       clean(s.hosp_code)                    AS campus,
       s.接收                                AS received_at,
       cn_time(r.test_time)                  AS tested_at,
       cn_time(r.audit_time)                 AS audited_at,
       r.发布                                AS published_at,
       CAST(date_diff('second', s.接收, r.发布) / 60.0 AS DECIMAL(18,4)) AS turnaround_minutes,
       r.version                             AS version,
       clean(r.instr)                        AS instrument,
       cn_time(r.entered_at)                 AS recorded_at
FROM 报告 r
LEFT JOIN 标本 s ON s.barcode = r.barcode

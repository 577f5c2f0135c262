-- 检查：一个检查号一行；完成时间取设备的结束时间，阳性标志为空就是没有填，不推断。
WITH 检查 AS (
  SELECT acc_no, max(cn_time(end_time)) AS 结束 FROM exam_study GROUP BY acc_no
)
SELECT 'exam_request'                        AS source_table,
       q._key                                AS source_key,
       q.acc_no                              AS exam_id,
       CASE WHEN q.pat_class IN ('门诊', '急诊') THEN 'MZ-' || clean(q.vis_no) END AS visit_id,
       CASE WHEN q.pat_class = '住院' THEN 'ZY-' || clean(q.vis_no) END AS stay_id,
       CASE WHEN q.pat_class IN ('门诊', '急诊') THEN 'his_mz' WHEN q.pat_class = '住院' THEN 'his_zy' END AS patient_source,
       CASE WHEN q.pat_class IN ('门诊', '急诊', '住院') THEN ltrim(clean(q.pid), 'P0') END AS patient_local_id,
       clean(q.req_dept)                     AS department,
       clean(q.req_ward)                     AS ward,
       clean(q.req_doc)                      AS doctor,
       clean(q.hosp)                         AS campus,
       clean(q.modality)                     AS exam_type,
       CASE WHEN q.sex IN ('M', '男') THEN '男' WHEN q.sex IN ('F', '女') THEN '女' END AS gender,
       age_at(CAST(cn_time(q.birth) AS DATE), CAST(cn_time(q.req_time) AS DATE)) AS age_years,
       clean(q.body_part)                    AS body_part,
       cn_time(q.req_time)                   AS requested_at,
       cn_time(q.sched_time)                 AS scheduled_at,
       cn_time(q.arrive_time)                AS arrived_at,
       CASE WHEN q.status = '已完成' THEN s.结束 END AS done_at,
       cn_time(r.report_time)                AS reported_at,
       cn_time(r.audit_time)                 AS audited_at,
       CASE clean(r.positive_flag) WHEN '1' THEN true WHEN '0' THEN false END AS positive,
       clean(q.status)                       AS status
FROM exam_request q
LEFT JOIN 检查 s ON s.acc_no = q.acc_no
LEFT JOIN exam_report r ON r.acc_no = q.acc_no

-- 人员：以人事档案为准（离职者在 HIS 里仍可能有效）；显示名带科室，重名时才分得清。
SELECT 'hr_psndoc'                           AS source_table,
       h._key                                AS source_key,
       h.psncode                             AS staff,
       clean(h.name)                         AS name,
       clean(h.name) || '(' || coalesce(clean(b.name), clean(h.dept_hr)) || ')' AS label,
       CASE WHEN clean(h.post) IN ('医师', '护士', '药师', '技师', '管理') THEN clean(h.post) ELSE '其他' END AS category,
       clean(h.title)                        AS title,
       clean(h.dept_hr)                      AS department,
       cn_date(h.in_date)                    AS since,
       cn_date(h.out_date)                   AS until
FROM hr_psndoc h
LEFT JOIN (SELECT dept_hr, any_value(name) AS name FROM bd_dept GROUP BY dept_hr) b ON b.dept_hr = h.dept_hr

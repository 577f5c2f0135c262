-- 患者：一个 subject_id 一行。公开数据只有性别与“锚定年龄”，出生月日未知，所以出生日期留空，年龄写在住院行上。
SELECT 'patients'                            AS source_table,
       p._key                                AS source_key,
       p.subject_id                          AS local_id,
       CASE p.gender WHEN 'M' THEN '男' WHEN 'F' THEN '女' END AS gender,
       TRY_CAST(p.dod AS DATE)               AS died_on
FROM patients p

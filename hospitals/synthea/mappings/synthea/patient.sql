-- 患者：一个 Id 一行。SSN 是合成号（999 开头），不是身份证，只作卡号。
SELECT 'patients'                            AS source_table,
       p._key                                AS source_key,
       p.Id                                  AS local_id,
       CASE p.GENDER WHEN 'M' THEN '男' WHEN 'F' THEN '女' END AS gender,
       TRY_CAST(p.BIRTHDATE AS DATE)         AS birth_date,
       TRY_CAST(p.DEATHDATE AS DATE)         AS died_on,
       concat_ws(' ', p.FIRST, p.LAST)       AS name,
       p.SSN                                 AS card_no,
       concat_ws(', ', p.ADDRESS, p.CITY, p.STATE) AS address
FROM patients p

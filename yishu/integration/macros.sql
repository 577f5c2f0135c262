-- Macros 宏 that mapping SELECTs and checks may use. One statement each, made anew in every staged database.
-- `list_transform([x], lambda …)[1]` binds x to a name, so that an expression handed in is computed once.

-- full width to half width: 全角 → 半角
CREATE OR REPLACE MACRO half_width(t) AS
  CASE WHEN strlen(CAST(t AS VARCHAR)) = length(CAST(t AS VARCHAR)) THEN CAST(t AS VARCHAR)
       ELSE translate(CAST(t AS VARCHAR),
         '　！＂＃＄％＆＇（）＊＋，－．／０１２３４５６７８９：；＜＝＞？＠ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ［＼］＾＿｀ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ｛｜｝～',
         ' !"#$%&''()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`abcdefghijklmnopqrstuvwxyz{|}~') END;

-- padding off; blank and the dash of the front page are unknown; a word without padding, nearly every one, is not trimmed at all
CREATE OR REPLACE MACRO clean(t) AS
  CASE WHEN ascii(CAST(t AS VARCHAR)) > 45 AND ascii(CAST(t AS VARCHAR)) <> 12288 AND ascii(right(CAST(t AS VARCHAR), 1)) NOT IN (9, 10, 13, 32, 12288)
       THEN CAST(t AS VARCHAR) ELSE nullif(nullif(trim(CAST(t AS VARCHAR), E' \t\r\n　'), ''), '-') END;

-- '1,234.50', '１２．５', '￥30' → DECIMAL(18,4); what is no number is NULL
CREATE OR REPLACE MACRO cn_number(t) AS
  TRY_CAST(replace(ltrim(half_width(clean(t)), '¥￥ '), ',', '') AS DECIMAL(18,4));

-- every time form of the sources → TIMESTAMP (naive local time), else NULL; the plain ISO form, by far the most, goes straight to the cast
CREATE OR REPLACE MACRO cn_time(t) AS
  list_transform([CAST(t AS VARCHAR)], lambda r: CASE WHEN r LIKE '____-__-__ __:__:__' AND strlen(r) = 19 THEN TRY_CAST(r AS TIMESTAMP) ELSE
  list_transform([CASE WHEN strlen(r) = length(r) AND ascii(r) > 32 AND ascii(right(r, 1)) > 32 THEN r ELSE half_width(trim(r, E' \t\r\n　')) END], lambda s:
    CASE
      WHEN s[5] IN ('-', '/') THEN
        CASE WHEN regexp_matches(s, ':\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)$')
             THEN TRY_CAST(s AS TIMESTAMPTZ) AT TIME ZONE 'Asia/Shanghai'
             ELSE TRY_CAST(s AS TIMESTAMP) END
      WHEN length(s) = 10 AND regexp_full_match(s, '\d{10}')
        THEN make_timestamp((TRY_CAST(s AS BIGINT) + 28800) * 1000000)
      WHEN length(s) = 13 AND regexp_full_match(s, '\d{13}')
        THEN make_timestamp((TRY_CAST(s AS BIGINT) + 28800000) * 1000)
      WHEN length(s) IN (8, 12, 14) AND regexp_full_match(s, '\d+')
        THEN try_strptime(s, ['%Y%m%d', '%Y%m%d%H%M%S', '%Y%m%d%H%M'])
      WHEN s[5] = '年'
        THEN TRY_CAST(trim(regexp_replace(regexp_replace(regexp_replace(s, '[年月]', '-', 'g'), '日\s*', ' '), '[时分]', ':', 'g'), ' :秒') AS TIMESTAMP)
      WHEN s[11] = ':' OR s[12] = ':'
        THEN try_strptime(s, ['%Y%m%d%H:%M:%S', '%Y%m%d%H:%M', '%Y%m%d %H:%M:%S', '%Y%m%d %H:%M'])
    END)[1] END)[1];

-- as cn_time, and '2026-05', '202605', '2026年5月' → the last day of that month
CREATE OR REPLACE MACRO cn_date(t) AS
  coalesce(CAST(cn_time(t) AS DATE),
    CASE WHEN regexp_full_match(half_width(clean(t)), '\d{6}|\d{4}[-/年.]\d{1,2}月?')
         THEN last_day(TRY_CAST(regexp_replace(half_width(clean(t)), '^(\d{4})\D?(\d{1,2})\D?$', '\1-\2-1') AS DATE)) END);

-- date of birth in an id card (GB 11643-1999 §4.2.2); a void 15-digit number is read too
CREATE OR REPLACE MACRO id_card_birth(t) AS
  list_transform([half_width(clean(t))], lambda s:
    CASE WHEN length(s) = 18 THEN TRY_CAST(s[7:10] || '-' || s[11:12] || '-' || s[13:14] AS DATE)
         WHEN length(s) = 15 THEN TRY_CAST('19' || s[7:8] || '-' || s[9:10] || '-' || s[11:12] AS DATE) END)[1];

-- sex in an id card: the sequence number is odd for men (GB 11643-1999 §4.2.3)
CREATE OR REPLACE MACRO id_card_gender(t) AS
  list_transform([half_width(clean(t))], lambda s:
    CASE WHEN length(s) IN (15, 18)
         THEN CASE TRY_CAST(CASE length(s) WHEN 18 THEN s[17] ELSE s[15] END AS INTEGER) % 2
              WHEN 1 THEN '男' WHEN 0 THEN '女' END END)[1];

-- id_card_valid(t), the check of GB 11643-1999, is made by `yishu.kernel.citizen` from the figures Python uses

-- whole years between a birth and a day 周岁
CREATE OR REPLACE MACRO age_at(birth, on_day) AS
  CASE WHEN CAST(on_day AS DATE) >= CAST(birth AS DATE)
       THEN year(CAST(on_day AS DATE)) - year(CAST(birth AS DATE))
            - CAST(month(CAST(on_day AS DATE)) * 100 + day(CAST(on_day AS DATE))
                   < month(CAST(birth AS DATE)) * 100 + day(CAST(birth AS DATE)) AS INTEGER) END;

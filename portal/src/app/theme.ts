import { theme, type ThemeConfig } from 'antd'
import { FONT, skins, type Skin } from './skins'

const still = typeof window !== 'undefined' && window.matchMedia('(prefers-reduced-motion: reduce)').matches

/** The house colours in antd's words. */
export function themeOf(skin: Skin): ThemeConfig {
  const c = skins[skin]
  return {
    algorithm: skin === 'dark' ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: {
      fontFamily: FONT,
      fontSize: 14,
      borderRadius: 6,
      colorPrimary: c.primary,
      colorInfo: c.primary,
      colorSuccess: c.ok,
      colorWarning: c.warn,
      colorError: c.danger,
      colorLink: c.primary,
      colorText: c.ink,
      colorTextSecondary: c.ink2,
      colorTextDescription: c.ink2,
      colorTextTertiary: c.ink3,
      colorTextPlaceholder: c.ink3,
      colorBgContainer: c.panel,
      colorBgElevated: skin === 'dark' ? c.sunken : c.panel,
      colorBgLayout: c.page,
      colorBorder: c.line,
      colorBorderSecondary: c.hairline,
      colorSplit: c.hairline,
      motion: !still,
      motionDurationMid: '0.12s',
      motionDurationSlow: '0.18s',
    },
    components: {
      Button: { primaryColor: c.primaryInk, primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none' },
      Segmented: { trackBg: skin === 'dark' ? c.page : c.hairline, itemColor: c.ink2, itemSelectedColor: c.ink, itemSelectedBg: c.panel, itemHoverColor: c.ink },
      Table: { headerBg: c.sunken, headerColor: c.ink2, cellPaddingBlockSM: 7, cellPaddingInlineSM: 10, borderColor: c.hairline, rowHoverBg: c.sunken, headerSplitColor: 'transparent', headerSortActiveBg: c.sunken, headerSortHoverBg: c.hairline, bodySortBg: 'transparent' },
      Tooltip: skin === 'dark' ? { colorTextLightSolid: c.ink, colorBgSpotlight: '#33424F' } : {},
      Tabs: { itemColor: c.ink2, horizontalMargin: '0 0 14px 0' },
    },
  }
}

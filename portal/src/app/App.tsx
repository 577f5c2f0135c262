import { QueryClientProvider } from '@tanstack/react-query'
import { App as AntApp, ConfigProvider } from 'antd'
import zhCN from 'antd/locale/zh_CN'
import dayjs from 'dayjs'
import 'dayjs/locale/zh-cn'
import { RouterProvider } from 'react-router'
import { queries } from '@/api/client'
import { router } from './routes'
import { layOnSkin, useSkin } from './skin'
import { themeOf } from './theme'

dayjs.locale('zh-cn')
layOnSkin()

export function App() {
  const [skin] = useSkin()
  return (
    <ConfigProvider locale={zhCN} theme={themeOf(skin)} button={{ autoInsertSpace: false }}>
      <AntApp component={false}>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </AntApp>
    </ConfigProvider>
  )
}

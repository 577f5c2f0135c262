import { createBrowserRouter, Navigate } from 'react-router'
import { useMe } from '@/api/client'
import { Face } from '@/shared/StateView'
import { useTranslation } from '@/shared/i18n'
import { homeOf } from './menu'
import { Crash, NotFound, Shell } from './Shell'

function Home() {
  const me = useMe()
  return me.data ? <Navigate to={homeOf(me.data)} replace /> : null
}

function Waiting() {
  const { t } = useTranslation()
  return <Face glyph="clock" title={t('face.loading')} />
}

export const router = createBrowserRouter([
  { path: '/login', HydrateFallback: Waiting, errorElement: <Crash />, lazy: async () => ({ Component: (await import('@/features/login/LoginPage')).LoginPage }) },
  {
    path: '/',
    element: <Shell />,
    HydrateFallback: Waiting,
    errorElement: <Crash />,
    children: [
      { index: true, element: <Home /> },
      {
        errorElement: <Crash />,
        children: [
          { path: 'ask', lazy: async () => ({ Component: (await import('@/features/ask/AskPage')).AskPage }) },
          { path: 'cockpit', lazy: async () => ({ Component: (await import('@/features/cockpit/CockpitPage')).CockpitPage }) },
          { path: 'department', lazy: async () => ({ Component: (await import('@/features/department/DepartmentPage')).DepartmentPage }) },
          { path: 'metrics', lazy: async () => ({ Component: (await import('@/features/metrics/MetricsPage')).MetricsPage }) },
          { path: 'metrics/:id', lazy: async () => ({ Component: (await import('@/features/metrics/MetricPage')).MetricPage }) },
          { path: 'evidence', lazy: async () => ({ Component: (await import('@/features/evidence/EvidencePage')).EvidencePage }) },
          { path: 'record', lazy: async () => ({ Component: (await import('@/features/record/RecordPage')).RecordPage }) },
          { path: 'patients', lazy: async () => ({ Component: (await import('@/features/journey/PatientsPage')).PatientsPage }) },
          { path: 'patients/:person', lazy: async () => ({ Component: (await import('@/features/journey/PatientPage')).PatientPage }) },
          { path: 'openings', lazy: async () => ({ Component: (await import('@/features/journey/OpeningsPage')).OpeningsPage }) },
          { path: 'process', lazy: async () => ({ Component: (await import('@/features/process/ProcessPage')).ProcessPage }) },
          { path: 'sources', lazy: async () => ({ Component: (await import('@/features/sources/SourcesPage')).SourcesPage }) },
          { path: 'monitor', lazy: async () => ({ Component: (await import('@/features/monitor/MonitorPage')).MonitorPage }) },
          { path: 'monitor/channel/:channel', lazy: async () => ({ Component: (await import('@/features/monitor/ChannelPage')).ChannelPage }) },
          { path: 'monitor/:message', lazy: async () => ({ Component: (await import('@/features/monitor/MessagePage')).MessagePage }) },
          { path: 'identity', lazy: async () => ({ Component: (await import('@/features/identity/IdentityPage')).IdentityPage }) },
          { path: 'audit', lazy: async () => ({ Component: (await import('@/features/audit/AuditPage')).AuditPage }) },
          { path: '*', element: <NotFound /> },
        ],
      },
    ],
  },
])

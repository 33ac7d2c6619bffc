import { t } from '../language';
import { Screen } from '../parts/screen';
import { Reasons } from './reasons';
import { TargetsForm } from './targets-form';

export function Settings() {
  return (
    <Screen title={t().administration.settings.title} isWide>
      <TargetsForm />
      <Reasons />
    </Screen>
  );
}

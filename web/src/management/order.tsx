import { ScrollText } from 'lucide-preact';
import { useRoute } from 'preact-iso';
import { t } from '../language';
import { nameOf, wardOf } from '../orders/order-card';
import { OrderDetails } from '../orders/order-details';
import { useOrder } from '../orders/use-order';
import { ButtonLink } from '../parts/button';
import { Screen } from '../parts/screen';
import { Loading, Trouble } from '../parts/states';
import { withFilters } from '../parts/use-filters';
import { places } from '../places';
import { useOpenOrders } from './open-orders';

/** An order for who oversees: all of it is read, nothing is done. */
export function OrderScreen() {
  const { params } = useRoute();
  const id = params['id'] ?? '';
  const order = useOrder(id, useOpenOrders());
  const { data, failure } = order;
  return (
    <Screen
      title={data ? nameOf(data) : t().orders.title}
      under={data && wardOf(data)}
      onBack={() => history.back()}
    >
      {!data && failure && <Trouble error={failure} again={() => void order.again()} />}
      {!data && !failure && <Loading />}
      {data && (
        <OrderDetails order={data}>
          <div class="row">
            <ButtonLink icon={ScrollText} href={withFilters(places.audit, { sobre: id })}>
              {t().management.orders.audit}
            </ButtonLink>
          </div>
        </OrderDetails>
      )}
    </Screen>
  );
}

//! Which medication a product's number names.

use domain::Registration;
use sea_orm::sea_query::{Condition, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::{medication, presentation, presentation_ean};
use crate::{Medication, Store, StoreError};

impl Store {
    /// The medications that are packed under one of these numbers (EAN or other GTIN, as CMED's list writes it),
    /// or have this registration, by name; also those out of use. Numbers are no keys: packs of several
    /// medications may share one.
    ///
    /// # Errors
    /// The database's.
    pub async fn medications_of_product(
        &self,
        numbers: &[String],
        registration: Option<&Registration>,
    ) -> Result<Vec<Medication>, StoreError> {
        let codes = Query::select()
            .column(presentation_ean::Column::Code)
            .from(presentation_ean::Entity)
            .and_where(presentation_ean::Column::Ean.is_in(numbers))
            .to_owned();
        let packed = Query::select()
            .column(presentation::Column::MedicationId)
            .from(presentation::Entity)
            .and_where(presentation::Column::Code.in_subquery(codes))
            .to_owned();
        let mut which = Condition::any().add(medication::Column::Id.in_subquery(packed));
        if let Some(registration) = registration {
            which = which.add(medication::Column::Registration.eq(registration.as_str()));
        }
        let rows = medication::Entity::find()
            .filter(which)
            .order_by_asc(medication::Column::Name)
            .order_by_asc(medication::Column::Id)
            .all(&self.read)
            .await?;
        rows.into_iter().map(Medication::try_from).collect()
    }
}

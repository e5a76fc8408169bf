//! Moving a field up or down among those of its group.

use kernel::FieldId;
use platform::DbError;

use crate::{
    domain::field::{Field, group_order},
    infrastructure::pg::CrmTx,
};

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Up,
    Down,
}

/// Returns the field, if there is such a one. At the end of its group it stays where it is.
pub async fn place_field(mut tx: CrmTx, id: FieldId, direction: Direction) -> Result<Option<Field>, DbError> {
    let Some(field) = tx.field(id).await? else {
        return Ok(None);
    };
    let mut fields = tx.fields_of(&[&field.object]).await?;
    fields.sort_by(|a, b| group_order(&a.group).cmp(&group_order(&b.group)));
    if let Some(order) = moved(&fields, id, direction) {
        tx.place_fields(&order).await?;
        tx.commit().await?;
    }
    Ok(Some(field))
}

/// The order after the move, when it is another one.
fn moved(fields: &[Field], id: FieldId, direction: Direction) -> Option<Vec<FieldId>> {
    let n = fields.iter().position(|field| field.id == id)?;
    let other = match direction {
        Direction::Up => n.checked_sub(1)?,
        Direction::Down => n + 1,
    };
    if fields.get(other)?.group != fields[n].group {
        return None;
    }
    let mut order: Vec<FieldId> = fields.iter().map(|field| field.id).collect();
    order.swap(n, other);
    Some(order)
}

#[cfg(test)]
mod tests {
    use kernel::Timestamp;

    use super::*;
    use crate::domain::field::FieldDefinition;

    #[test]
    fn a_field_moves_within_its_group() {
        let field = |group: &str| {
            let definition = FieldDefinition {
                group: group.to_owned(),
                ..FieldDefinition::default()
            };
            Field::new(FieldId::generate(), definition, Timestamp::UNIX_EPOCH)
        };
        let fields = [field("core"), field("core"), field("social")];
        let [a, b, c] = [fields[0].id, fields[1].id, fields[2].id];
        assert_eq!(moved(&fields, b, Direction::Up), Some(vec![b, a, c]));
        assert_eq!(moved(&fields, a, Direction::Down), Some(vec![b, a, c]));
        assert_eq!(moved(&fields, a, Direction::Up), None);
        assert_eq!(moved(&fields, b, Direction::Down), None, "another group begins");
        assert_eq!(moved(&fields, c, Direction::Down), None);
    }
}

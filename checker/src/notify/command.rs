//! Notices for a program of the user's own: all fields as JSON on its standard input. It has
//! accepted the notice when it ends with 0. Never a shell, and nothing of a notice in its arguments.

use engine::{config::Program, effect::DeliveryError};

use super::{message::Message, webhook::fields};
use crate::{
    actions::end_of,
    command::{Call, Command},
};

pub(super) async fn send(
    command: &dyn Command,
    program: &Program,
    message: &Message<'_>,
) -> Result<(), DeliveryError> {
    let call = Call {
        argv: program.argv.clone(),
        stdin: Some(format!("{}\n", fields(message)).into_bytes()),
        timeout: program.timeout,
    };
    end_of(command, &call).await.map(drop).map_err(DeliveryError::failed)
}

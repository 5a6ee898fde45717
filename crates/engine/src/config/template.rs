//! Addresses that are completed at run time: the `{job_id}` of a job's status address.

use url::Url;

/// An address with the placeholder `{job_id}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobUrl(String);

/// What stands for the id of the latest job.
pub const JOB_ID: &str = "{job_id}";

impl JobUrl {
    /// Checks that the address is an absolute one once the id is filled in.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if !text.contains(JOB_ID) {
            return Err(format!("the address must contain {JOB_ID}"));
        }
        let this = Self(text.to_owned());
        this.for_job("1").map(|_| this)
    }

    /// The address of one job. Ids hold no character that needs escaping.
    ///
    /// # Errors
    /// Says what is wrong with the resulting address.
    pub fn for_job(&self, id: &str) -> Result<Url, String> {
        http_url(&self.0.replace(JOB_ID, id))
    }

    /// The address as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// An absolute `http` or `https` address with a host.
///
/// # Errors
/// Says what is wrong with the text.
pub fn http_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("scheme `{}` is not http or https", url.scheme()));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err("the address has no host".to_owned());
    }
    Ok(url)
}

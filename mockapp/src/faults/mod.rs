//! The catalogue of faults: one file per kind behind one enum. A new kind is a file and two lines below.
//! Owns which kinds there are; what they do stands in their files, what they may do in `kind`.

mod app_crash;
mod app_deploy_bad;
mod app_metastable;
mod app_pause;
mod bandwidth;
mod brownout;
mod cache;
pub(crate) mod condition;
mod cpu;
mod db;
mod db_partial;
mod drip;
pub(crate) mod envelope;
pub(crate) mod fields;
pub(crate) mod gate;
mod header_map;
mod http_auth;
mod http_bad_chunk;
mod http_body_patch;
mod http_content_type;
mod http_duplicate_response;
mod http_empty;
mod http_error_rate;
mod http_garbage;
mod http_gzip_bad;
mod http_header;
mod http_html_error_200;
mod http_huge_body;
mod http_malformed_json;
mod http_redirect_loop;
mod http_schema_drift;
mod http_stale;
pub(crate) mod http_status;
mod http_throttle;
mod http_truncate;
mod job;
pub(crate) mod kind;
mod latency_bimodal;
mod latency_exp;
mod latency_fixed;
mod latency_lognormal;
mod latency_pareto;
mod latency_uniform;
mod mem;
mod net_blackhole;
mod net_close_mid;
mod net_connect_hang;
mod net_corrupt;
mod net_dup;
mod net_half_open;
mod net_loss;
mod net_partition;
mod net_port_exhaust;
mod net_refuse;
mod net_reorder;
mod net_reset;
mod net_timeout;
mod noop;
pub(crate) mod plan;
mod queue;
mod remedy;
pub(crate) mod rewrite;
pub(crate) mod selector;
pub(crate) mod shape;
mod slow_accept;
mod slow_close;
mod spec;
pub(crate) mod spelling;
mod strike;

pub(crate) use db::{Db, DbKind};
pub(crate) use http_status::HttpStatus;
pub(crate) use job::{Job, JobKind};
pub(crate) use kind::{Domain, Info};
pub(crate) use mem::Mem;
pub(crate) use queue::{Queue, QueueKind};
pub(crate) use remedy::{Remedy, RemedyKind};
pub(crate) use spec::Spec;
pub(crate) use strike::Strike;

use condition::Occasion;
use envelope::Envelope;
use fields::{Fields, Invalid};
use gate::Gate;
use kind::{Fault, Life, Verdict};
use plan::{ConnectPlan, Plan};
use serde_json::{Map, Value};
use std::time::Duration;

use crate::stack::Accepting;
use crate::tools::Tool;

kind::kinds! {
    HttpStatus = HttpStatus,
    HttpErrorRate = http_error_rate::HttpErrorRate,
    HttpThrottle = http_throttle::HttpThrottle,
    HttpAuth = http_auth::HttpAuth,
    HttpRedirectLoop = http_redirect_loop::HttpRedirectLoop,
    HttpMalformedJson = http_malformed_json::HttpMalformedJson,
    HttpEmpty = http_empty::HttpEmpty,
    HttpTruncate = http_truncate::HttpTruncate,
    HttpBodyPatch = http_body_patch::HttpBodyPatch,
    HttpSchemaDrift = http_schema_drift::HttpSchemaDrift,
    HttpStale = http_stale::HttpStale,
    HttpContentType = http_content_type::HttpContentType,
    HttpHtmlError200 = http_html_error_200::HttpHtmlError200,
    HttpHeader = http_header::HttpHeader,
    HttpGzipBad = http_gzip_bad::HttpGzipBad,
    HttpHugeBody = http_huge_body::HttpHugeBody,
    HttpBadChunk = http_bad_chunk::HttpBadChunk,
    HttpGarbage = http_garbage::HttpGarbage,
    HttpDuplicateResponse = http_duplicate_response::HttpDuplicateResponse,
    LatencyFixed = latency_fixed::LatencyFixed,
    LatencyUniform = latency_uniform::LatencyUniform,
    LatencyLognormal = latency_lognormal::LatencyLognormal,
    LatencyExp = latency_exp::LatencyExp,
    LatencyBimodal = latency_bimodal::LatencyBimodal,
    LatencyPareto = latency_pareto::LatencyPareto,
    Drip = drip::Drip,
    Bandwidth = bandwidth::Bandwidth,
    SlowAccept = slow_accept::SlowAccept,
    SlowClose = slow_close::SlowClose,
    NetRefuse = net_refuse::NetRefuse,
    NetConnectHang = net_connect_hang::NetConnectHang,
    NetPartition = net_partition::NetPartition,
    NetBlackhole = net_blackhole::NetBlackhole,
    NetTimeout = net_timeout::NetTimeout,
    NetReset = net_reset::NetReset,
    NetCloseMid = net_close_mid::NetCloseMid,
    NetHalfOpen = net_half_open::NetHalfOpen,
    NetLoss = net_loss::NetLoss,
    NetDup = net_dup::NetDup,
    NetReorder = net_reorder::NetReorder,
    NetCorrupt = net_corrupt::NetCorrupt,
    NetPortExhaust = net_port_exhaust::NetPortExhaust,
    Db = Db,
    DbPartial = db_partial::DbPartial,
    Queue = Queue,
    Cache = cache::Cache,
    Cpu = cpu::Cpu,
    Mem = Mem,
    AppCrash = app_crash::AppCrash,
    AppPause = app_pause::AppPause,
    AppDeployBad = app_deploy_bad::AppDeployBad,
    AppMetastable = app_metastable::AppMetastable,
    Brownout = brownout::Brownout,
    Job = Job,
    Remedy = Remedy,
    Noop = noop::Noop,
}

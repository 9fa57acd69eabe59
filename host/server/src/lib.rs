//! The HTTP side: routes, authentication, Server-Sent Events, OpenAPI.

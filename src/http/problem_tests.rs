use super::*;

#[test]
fn causes_stay_inside() {
    let text = Problem::from(ServiceError::Internal("row 7 of imports".into())).document().to_string();
    assert!(!text.contains("row 7"), "{text}");
    let text = Problem::from(ServiceError::Unavailable(sqlx::Error::PoolTimedOut)).document().to_string();
    assert!(!text.contains("pool"), "{text}");
}

#[test]
fn statuses_bring_their_headers() {
    let answer = Problem::from(ServiceError::Unavailable(sqlx::Error::PoolClosed)).into_response();
    assert_eq!(answer.headers()["retry-after"], "5");
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let answer = Problem::new(status::UNAUTHENTICATED, "").into_response();
    assert_eq!(answer.headers()["www-authenticate"], "Bearer");
    assert!(!Problem::not_found().into_response().headers().contains_key("retry-after"));
}

#[test]
fn the_log_gets_the_whole_chain() {
    let error = ServiceError::Unavailable(sqlx::Error::Io(std::io::Error::other("disk on fire")));
    let text = chain(&error);
    assert!(text.starts_with("the database cannot be used now: ") && text.ends_with("disk on fire"), "{text}");
}

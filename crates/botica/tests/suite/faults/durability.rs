//! A PostgreSQL that is set up to lose what it has confirmed.

mod distributed {
    use std::process::{Command, Output};

    use testkit::postgres::PrivatePostgres;
    use testkit::product::{Start, command};
    use testkit::services::PostgresDatabase;

    use crate::hospital::BINARY;

    #[tokio::test]
    async fn a_postgresql_that_does_not_sync_is_refused_and_what_to_do_is_said() {
        let postgres = PrivatePostgres::start().await.unwrap();
        let database = PostgresDatabase::create_on(postgres.url()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let run = |args: &[&str]| -> Output {
            let mut run: Command = command(BINARY.as_ref());
            run.args(args).arg("--data-dir").arg(folder.path()).env("DATABASE_URL", database.url());
            run.output().unwrap()
        };
        let said = |output: &Output| {
            let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            format!("{out}{err}")
        };
        let serve = ["serve", "--listen", "127.0.0.1:0", "--role", "backend"];

        postgres.set("fsync", "off").await.unwrap();
        for args in [&serve[..], &["migrate"], &["doctor"]] {
            let output = run(args);
            assert!(!output.status.success(), "{args:?}");
            assert!(said(&output).contains("set fsync = on"), "{args:?}: {}", said(&output));
        }

        postgres.set("fsync", "on").await.unwrap();
        postgres.set("full_page_writes", "off").await.unwrap();
        postgres.set("synchronous_commit", "off").await.unwrap();
        let migrated = run(&["migrate"]);
        assert!(migrated.status.success(), "{}", said(&migrated));
        let examined = said(&run(&["doctor"]));
        let mut backend = Start::serve(BINARY)
            .args(["--role", "backend", "--data-dir", folder.path().to_str().unwrap()])
            .env("DATABASE_URL", database.url())
            .start()
            .unwrap();
        let logged = backend.log().join("\n");
        for setting in ["full_page_writes=off", "synchronous_commit=off"] {
            for said in [&said(&migrated), &examined, &logged] {
                assert!(said.contains(setting), "{said}");
            }
        }
    }

    #[tokio::test]
    async fn a_commit_waits_for_the_disk_also_where_the_server_says_otherwise() {
        for (set, expected) in [("off", "on"), ("remote_apply", "remote_apply")] {
            let postgres = PrivatePostgres::start().await.unwrap();
            let database = PostgresDatabase::create_on(postgres.url()).await.unwrap();
            let folder = tempfile::tempdir().unwrap();
            let run = |args: &[&str]| {
                let mut run = command(BINARY.as_ref());
                run.args(args).arg("--data-dir").arg(folder.path()).env("DATABASE_URL", database.url());
                assert!(run.status().unwrap().success());
            };
            run(&["migrate"]);
            postgres.set("synchronous_commit", set).await.unwrap();
            let mut sql = testkit::sql::connect(database.url()).await.unwrap();
            sql.execute(
                "CREATE TABLE seen (setting text);
                 CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS
                 $$BEGIN INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NEW; END$$;
                 CREATE TRIGGER see AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION see()",
            )
            .await
            .unwrap();
            run(&["admin", "create", "--name", "Ana", "--email", "ana@hospital.example"]);
            let found = format!("seen WHERE setting = '{expected}'");
            assert_eq!((sql.count(&found).await.unwrap(), sql.count("seen").await.unwrap()), (1, 1), "{set}");
        }
    }
}

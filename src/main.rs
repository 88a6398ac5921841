//! rollgate: flags → configuration → command or screen → exit code; nothing else.

use std::io::Write;
use std::process::ExitCode;

use color_eyre::eyre::WrapErr;
use rollgate::cli::demo::Demo;
use rollgate::cli::{self, Cli, Command, Settings};
use rollgate::config::{Config, Environment};
use rollgate::run::{Ending, demo, live};

fn main() -> color_eyre::Result<ExitCode> {
    color_eyre::config::HookBuilder::default().display_env_section(false).install()?;
    let cli = Cli::of_process();
    if let Some(Command::Gates(gates)) = &cli.command
        && let Some(code) = gates.alone()
    {
        return Ok(code);
    }
    let config = match cli.global.flags().and_then(|flags| {
        Config::resolve(flags, &Environment::of_process()).map_err(|error| error.to_string())
    }) {
        Ok(config) => config,
        Err(sentence) => {
            refused(&sentence);
            return Ok(ExitCode::from(cli.command.as_ref().map_or(1, Command::untold)));
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .wrap_err("the program's tasks cannot be started")?;
    let code = runtime.block_on(async {
        match &cli.command {
            Some(Command::Demo(demo)) => rehearsal(&cli, demo, &config).await,
            Some(Command::Ledger(ledger)) => cli::ledger::run(ledger, &config),
            Some(Command::Orders(orders)) => cli::orders::run(orders, &config),
            Some(Command::Timeline(asked)) => cli::timeline::run(asked, &config).await,
            Some(Command::Gates(gates)) => cli::gates::run(&cli, gates, &config).await,
            Some(Command::Health(health)) => cli::health::run(&cli, health, &config).await,
            Some(Command::Mcp(mcp)) => cli::mcp::run(&cli, mcp, &config).await,
            Some(Command::Report(command)) => cli::report(&cli, command, &config).await,
            Some(Command::Config(Settings::Check)) => cli::check::run(&config),
            None => screen(&cli, &config).await,
        }
    });
    // A credential plugin that hangs would otherwise hold the program back.
    runtime.shutdown_background();
    Ok(code)
}

async fn screen(cli: &Cli, config: &Config) -> ExitCode {
    let wish = live::Wish {
        from: cli.global.from.as_deref(),
        now: cli.global.now,
        slow_link: cli.global.slow_link,
        rehearsal: None,
    };
    ended(live::run(config, wish).await)
}

async fn rehearsal(cli: &Cli, wanted: &Demo, config: &Config) -> ExitCode {
    match wanted.without_screen().await {
        Some(code) => code,
        None => ended(demo::run(config, &wanted.play(), cli.global.slow_link).await),
    }
}

fn ended(ending: Result<Ending, String>) -> ExitCode {
    match ending {
        Ok(Ending::Left) => ExitCode::SUCCESS,
        Ok(Ending::Forced(reason)) => ExitCode::from(reason.exit_code()),
        Err(sentence) => refused(&sentence),
    }
}

fn refused(sentence: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "rollgate: {sentence}");
    ExitCode::FAILURE
}

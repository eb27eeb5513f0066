# The nightly job under Windows Task Scheduler: runs it, and again when exit code 3 says that this
# may help. Task Scheduler itself takes no notice of exit codes when it restarts a task.
param(
    [string] $Program = 'C:\Program Files\oneroster\Scripts\oneroster.exe',
    [string] $Config = 'C:\ProgramData\oneroster\oneroster.toml',
    [int] $Attempts = 4,
    [int] $MinutesBetween = 15
)
$env:PYTHONUTF8 = '1'
$env:ONEROSTER_LOG_FORMAT = 'json'

if (-not (Test-Path -LiteralPath $Program)) { exit 2 }
for ($attempt = 1; ; $attempt++) {
    & $Program run --config $Config
    $code = $LASTEXITCODE
    if ($code -ne 3 -or $attempt -ge $Attempts) { exit $code }
    Start-Sleep -Seconds (60 * $MinutesBetween)
}

# Registers the nightly job for a group managed service account (gMSA); run it once, in an elevated
# PowerShell, on the server that makes the bundles. A gMSA has no password that anybody knows or
# that expires, and SQL Server can let it in by Windows authentication.
param(
    [Parameter(Mandatory)] [string] $Account,  # DISTRICT\svc-oneroster$
    [string] $At = '03:15',
    [string] $Script = 'C:\ProgramData\oneroster\oneroster-night.ps1'
)
$ErrorActionPreference = 'Stop'

$arguments = '-NoProfile -NonInteractive -ExecutionPolicy RemoteSigned -File "{0}"' -f $Script
$action = New-ScheduledTaskAction -Execute 'powershell.exe' -Argument $arguments `
    -WorkingDirectory 'C:\ProgramData\oneroster'
$trigger = New-ScheduledTaskTrigger -Daily -At $At -RandomDelay (New-TimeSpan -Minutes 20)
# LogonType Password is how a gMSA runs whether anybody is logged on or not; none is asked for.
$principal = New-ScheduledTaskPrincipal -UserId $Account -LogonType Password -RunLevel Limited
$settings = New-ScheduledTaskSettingsSet -MultipleInstances IgnoreNew -StartWhenAvailable `
    -RunOnlyIfNetworkAvailable -ExecutionTimeLimit (New-TimeSpan -Hours 6) `
    -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries -WakeToRun
Register-ScheduledTask -TaskName 'OneRoster' -Action $action -Trigger $trigger `
    -Principal $principal -Settings $settings `
    -Description 'Makes and delivers the OneRoster bundles of every vendor, every night.'

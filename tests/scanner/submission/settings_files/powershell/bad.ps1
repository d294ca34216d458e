[System.Net.ServicePointManager]::SecurityProtocol = [System.Net.SecurityProtocolType]::Tls
[System.Net.ServicePointManager]::ServerCertificateValidationCallback = { $true }
$SmtpServer = "outlook.office365.com"
$pw = ConvertTo-SecureString "Planted-5ecret" -AsPlainText -Force
$cred = New-Object System.Management.Automation.PSCredential("app@contoso.com", $pw)
Send-MailMessage -SmtpServer $SmtpServer -Port 465 -Credential $cred `
    -From "noreply@contoso.com" -To "someone@fabrikam.com" -Subject "Report $(Get-Date)" -Body "x"

$params = @{
    SmtpServer = 'smtp.office365.com'
    Port       = 25
    UseSsl     = $false
    From       = 'app@contoso.com'
    To         = 'someone@contoso.com', 'else@contoso.com'
    Subject    = 'x'
    Credential = Get-Credential
}
Send-MailMessage @params

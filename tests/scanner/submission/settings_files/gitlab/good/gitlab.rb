external_url 'https://gitlab.contoso.com'
gitlab_rails['smtp_enable'] = true
gitlab_rails['smtp_address'] = "contoso-com.mail.protection.outlook.com"
gitlab_rails['smtp_port'] = 25
gitlab_rails['smtp_enable_starttls_auto'] = true
gitlab_rails['smtp_openssl_verify_mode'] = 'peer'
gitlab_rails['gitlab_email_from'] = 'gitlab@contoso.com'

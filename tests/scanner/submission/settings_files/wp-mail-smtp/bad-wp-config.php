<?php
define( 'DB_PASSWORD', 'Planted-5ecret' );
define( 'WPMS_ON', true );
define( 'WPMS_MAILER', 'smtp' );
define( 'WPMS_SMTP_HOST', 'smtp.outlook.office365.com' );
define( 'WPMS_SMTP_PORT', 465 );
define( 'WPMS_SSL', 'ssl' );
define( 'WPMS_SMTP_AUTH', true );
define( 'WPMS_SMTP_USER', 'shop@contoso.com' );
define( 'WPMS_SMTP_PASS', 'Planted-5ecret' );
define( 'WPMS_MAIL_FROM', 'info@contoso.com' );
require_once ABSPATH . 'wp-settings.php';

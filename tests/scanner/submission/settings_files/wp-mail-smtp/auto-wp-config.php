<?php
define( 'WPMS_SMTP_HOST', 'smtp.office365.com' ); define( 'WPMS_SMTP_PORT', 587 ); define( 'WPMS_SSL', '' ); define( 'WPMS_SMTP_USER', 'shop@contoso.com' ); define( 'WPMS_SMTP_PASS', 'Planted-5ecret' );

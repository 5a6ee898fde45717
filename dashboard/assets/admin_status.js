// The standalone page: the widget, and nothing else.
SystemStatus.mount('#system-status');

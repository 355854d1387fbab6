"""Flask glue: permissions, errors, forms, paging, page cache."""

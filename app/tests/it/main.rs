mod cluster;
mod crash;
mod isolation;
mod routes;

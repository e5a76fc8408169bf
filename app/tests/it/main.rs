mod cluster;
mod crash;
mod demo;
mod installation;
mod isolation;
mod routes;

//! The names of the table, taken from the facade.
#![allow(unused_imports)]

use groundup::net::{
    ListenOptions, ReadError, Server, StreamReader, StreamWriter, TcpListener, TcpStream,
    UdpSocket, UnixDatagram, UnixListener, UnixStream, look_up, open_connection, start_server,
};
use groundup::process::{
    Command, PipeReader, PipeWriter, Process, add_reader, add_writer, connect_read_pipe,
    connect_write_pipe, remove_reader, remove_writer,
};
use groundup::signal::{add_signal_handler, ctrl_c, remove_signal_handler, signal};
use groundup::{
    Barrier, BaseQueue, BoundedSemaphore, BrokenBarrier, Cancelled, Condition, Deadline,
    DefaultPool, Elapsed, Event, EventLoop, Gather, GetError, Handle, InvalidState, LifoQueue,
    Local, Locals, Lock, LockGuard, Permit, PriorityQueue, Promise, PutError, Queue, QueueShutDown,
    Remote, RemoteTask, Report, ReturnWhen, Runner, Semaphore, Task, TaskGroup, TaskRef,
    ThreadPool, TimerHandle, WaitSet,
};
use groundup::{
    all_tasks, as_completed, async_map, borrowing_group, call_at, call_later, call_soon,
    catch_cancel, current_loop, current_task, default_pool, gather, interval, join, race, race_ok,
    raise_cancelled, remote, run, run_in_executor, run_test, run_virtual, select, shield, sleep,
    sleep_until, spawn, spawn_in, spawn_named, task_group, time, timeout, timeout_at, to_thread,
    try_gather, try_join, wait, wait_for, yield_now,
};

pub fn main() {
    println!("all of these names are in the facade");
}

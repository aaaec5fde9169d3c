//! The first version: a struct that remembers how far it came.

struct Boil {
    minute: u32,
    minutes: u32,
}

impl Boil {
    /// Runs to the next pause. `None` means: the function is over.
    fn go_on(&mut self) -> Option<u32> {
        if self.minute == self.minutes {
            return None;
        }
        self.minute += 1;
        println!("kettle, minute {}", self.minute);
        Some(self.minute)
    }
}

pub fn main() {
    let mut kettle = Boil {
        minute: 0,
        minutes: 3,
    };
    kettle.go_on();
    println!("  cut a slice of bread");
    kettle.go_on();
    println!("  cut another slice");
    while kettle.go_on().is_some() {}
    println!("tea and bread");
}

using Faultline.Engine;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Checks;

/// <summary>Reads the state that the running worker's execution is attached to: what conditions and reports ask for.</summary>
public static class MachineView
{
    /// <summary>A register.</summary>
    public static int Register(Machine machine, int thread, int register) =>
        Read(machine.Places.Registers + machine.Places.FirstRegister[thread] + register);

    /// <summary>A page table entry.</summary>
    public static Pte Pte(Machine machine, int map, int page) =>
        new(Read(machine.Places.Ptes + machine.Places.FirstMappedPage[map] + page));

    /// <summary>A mapping entry.</summary>
    public static MappingEntry Entry(Machine machine, int file, int page) =>
        new(Read(machine.Places.Entries + machine.Places.FirstFilePage[file] + page));

    /// <summary>Faults that the thread took, if they are counted.</summary>
    public static int Faults(Machine machine, int thread) => Read(machine.Places.FaultCounts + thread);

    /// <summary>Did a WARN in this function fire?</summary>
    public static bool Warned(Machine machine, string function) => (Read(machine.Places.Warned) & Sites.WarnBit(function)) != 0;

    /// <summary>Was this BUG hit?</summary>
    public static bool Bugged(Machine machine, string name) => (Read(machine.Places.Bugs) & Sites.BugBit(name)) != 0;

    /// <summary>Did the thread get SIGBUS?</summary>
    public static bool Sigbus(Machine machine, int thread) => Read(machine.Places.Sigbus + thread) != 0;

    /// <summary>Was this branch taken, if it is watched?</summary>
    public static bool Reached(Machine machine, string mark) => (Read(machine.Places.Marks) & Sites.MarkBit(mark)) != 0;

    private static int Read(int word) => Execution.Current.Word(word);
}

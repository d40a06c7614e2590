using Faultline.Engine;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Checks;

/// <summary>Reads the state that the running worker's execution is attached to: what conditions and reports ask for.</summary>
public static class MachineView
{
    /// <summary>A register.</summary>
    public static int Register(Machine machine, int thread, int register) =>
        Read(machine.Places.Registers + machine.Places.FirstRegister[thread] + register);

    /// <summary>What the page table maps at a page, by PTE or by a huge PMD.</summary>
    public static Pte Pte(Machine machine, int map, int page) => Mm.PageTable.WalkRaw(new Mm.Vma(map), page);

    /// <summary>A mapping entry.</summary>
    public static MappingEntry Entry(Machine machine, int file, int page) =>
        new(Read(machine.Places.Entries + machine.Places.FirstFilePage[file] + Dax.DaxEntries.SlotOf(new Fs.Inode(file), page)));

    /// <summary>Faults that the thread took, if they are counted.</summary>
    public static int Faults(Machine machine, int thread) => Read(machine.Places.FaultCounts + thread);

    /// <summary>Did a WARN in this function fire?</summary>
    public static bool Warned(Machine machine, string function) => (Read(machine.Places.Warned) & Sites.WarnBit(function)) != 0;

    /// <summary>Was this BUG hit?</summary>
    public static bool Bugged(Machine machine, string name) => (Read(machine.Places.Bugs) & Sites.BugBit(name)) != 0;

    /// <summary>Did the thread get SIGBUS?</summary>
    public static bool Sigbus(Machine machine, int thread) => (Read(machine.Places.Signals + thread) & User.UserThread.Sigbus) != 0;

    /// <summary>Did the thread get SIGSEGV?</summary>
    public static bool Sigsegv(Machine machine, int thread) => (Read(machine.Places.Signals + thread) & User.UserThread.Sigsegv) != 0;

    /// <summary>A page middle directory entry; a page table where the mapping has no room for huge pages.</summary>
    public static Pmd Pmd(Machine machine, int map, int page)
    {
        var vma = new Mm.Vma(map);
        return vma.HasRoomForHuge ? new Pmd(Read(machine.Places.Pmds + machine.Places.FirstPmd[map] + vma.PmdOf(page))) : Values.Pmd.Table;
    }

    /// <summary>What lies behind a page of a file.</summary>
    public static Extent Extent(Machine machine, int file, int page) =>
        new(Read(machine.Places.Extents + machine.Places.FirstFilePage[file] + page));

    /// <summary>Size of a file in pages.</summary>
    public static int Size(Machine machine, int file) => Read(machine.Places.Sizes + file);

    /// <summary>Has power failed?</summary>
    public static bool Crashed(Machine machine) => machine.Footprint.Crashes && Read(machine.Places.Crashed) != 0;

    /// <summary>A word of a file as it survived the power failure; 0 when there was none.</summary>
    public static int Durable(Machine machine, int file, int page, int word) => machine.Footprint.Crashes
        ? Read(machine.Places.CrashImage + ((machine.Places.FirstFilePage[file] + page) * machine.Program.WordsPerPage) + word)
        : 0;

    /// <summary>A file's size as it survived the power failure, in pages; 0 when there was none.</summary>
    public static int DurableSize(Machine machine, int file) => machine.Footprint.Crashes ? Read(machine.Places.CrashSizes + file) : 0;

    /// <summary>Was this branch taken, if it is watched?</summary>
    public static bool Reached(Machine machine, string mark) => (Read(machine.Places.Marks) & Sites.MarkBit(mark)) != 0;

    private static int Read(int word) => Execution.Current.Read(word);
}

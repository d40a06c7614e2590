using Faultline.Engine;
using Faultline.Engine.State;
using Faultline.Engine.Witnesses;
using Faultline.Kernel;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Traces;
using Faultline.Kernel.Versions;

namespace Faultline.Real.Traces;

/// <summary>What decides how a unit's machine behaves; units with the same one share a machine.</summary>
/// <param name="Maps">Each mapping: shared, MAP_SYNC, huge pages fit.</param>
/// <param name="Slots">Threads.</param>
public sealed record UnitShape(string Maps, int Slots)
{
    /// <summary>The shape of a unit.</summary>
    public static UnitShape Of(Unit unit) =>
        new(string.Concat(unit.Maps.Select(m => $"{(m.Vma.Shared ? 's' : 'p')}{(m.Sync ? 'd' : '-')}{(m.FitsHuge ? 'h' : '-')}")), unit.Slots);
}

/// <summary>A state of a unit's machine, as bytes.</summary>
/// <param name="Bytes">The live bytes of its vector.</param>
/// <param name="Hash">Its fingerprint.</param>
internal sealed record UnitState(byte[] Bytes, ulong Hash);

/// <summary>
/// The model of one unit: a file of two pages that are a huge page together, its mappings, a thread for each task, and one more thread for what
/// no trace event shows: system calls, stores to private pages, the journal.
/// </summary>
internal sealed unsafe class UnitMachine : IRecorder, IDisposable
{
    private const int Pages = 2;

    private readonly Machine machine;
    private readonly Execution execution;
    private readonly byte* vector;
    private readonly List<TraceOp> menu = [];
    private readonly List<Instruction> code = [];
    private readonly bool huge;
    private long fired;

    public UnitMachine(Unit unit, KernelVersion version, FilesystemKind filesystem)
    {
        Slots = unit.Slots;
        Maps = unit.Maps.Count;
        AddTraps(unit);
        huge = unit.Maps.Any(m => m.FitsHuge);
        AddCalls(huge ? Pages : 1);
        var program = new UserProgram(
            "trace",
            [new FileSpec("file", [new FilePage(PageBacking.Hole, []), new FilePage(PageBacking.Hole, [])])],
            [.. unit.Maps.Select((m, i) => new MapSpec($"M{i}", 0, m.Vma.Shared, Writable: true)
            {
                Sync = m.Sync,
                Alignment = Alignment.Huge,
                PageCount = m.FitsHuge ? 0 : 1,
            })],
            [.. Enumerable.Range(0, Slots + 1).Select(t => new ThreadSpec($"P{t}", code, []))],
            WordsPerPage: 1)
        {
            HugePagePages = Pages,
        };
        machine = new Machine(program, version, filesystem) { Menu = menu };
        execution = new Execution(machine) { StopsAtTraces = true, Recorder = this };
        execution.Initialise();
        vector = execution.Vector;
        Start = Save();
    }

    /// <summary>Threads of tasks; the hidden one comes after them.</summary>
    public int Slots { get; }

    /// <summary>Number of mappings.</summary>
    public int Maps { get; }

    /// <summary>A file of holes that nobody has touched.</summary>
    public UnitState Start { get; }

    /// <summary>The menu's entries that a thread of a task may take for an event that begins something.</summary>
    public IEnumerable<int> Beginnings(TraceEvent e)
    {
        for (int i = 0; i < menu.Count; i++)
        {
            if (e.IsFault ? IsTrapOf(i, e) : MayFlush(i))
            {
                yield return i;
            }
        }
    }

    /// <summary>The menu's entries that no event shows.</summary>
    public int MenuCount => menu.Count;

    /// <summary>What an entry of the menu does, in words.</summary>
    public string Describe(int entry) => menu[entry] switch
    {
        TraceOp.Commit => "commit of the journal",
        TraceOp.Evict => "munmap and eviction of the inode",
        TraceOp.AllocateTable => "fault of another mapping in the same 2 MiB",
        TraceOp.Remap => "munmap and another mmap",
        TraceOp.WriteBack => $"write-back of {Where(code[entry].Page)}",
        TraceOp.SystemCall => code[entry] switch
        {
            { Opcode: Opcode.Write } i => $"write(2) to {Where(i.Page)}",
            { Opcode: Opcode.DontNeed } => "madvise(MADV_DONTNEED)",
            { Opcode: Opcode.Truncate, Value: var size } => size switch { 0 => "ftruncate to before the page", 1 => "ftruncate to behind the page", _ => "ftruncate to behind its huge page" },
            { Opcode: Opcode.Fallocate, Mode: FallocateMode.PunchHole } i => $"punch of {Where(i.Page)}",
            { Opcode: Opcode.Fallocate } i => $"fallocate of {Where(i.Page)}",
            _ => "fsync",
        },
        _ => $"{(code[entry].Opcode == Opcode.Store ? "store" : "load")} that no event shows",
    };

    /// <summary>Does an entry of the menu change only the file's blocks and its size?</summary>
    public bool TouchesNoMapping(int entry) => menu[entry] is TraceOp.Commit or TraceOp.AllocateTable
        || (menu[entry] == TraceOp.SystemCall && code[entry].Opcode is Opcode.Write or Opcode.Fallocate or Opcode.Truncate);

    /// <summary>Is the thread between two operations?</summary>
    public bool IsIdle(UnitState state, int thread)
    {
        Load(state);
        return IsIdle(thread);
    }

    /// <summary>Which ways the thread can go. An event that may be left out is not, where it comes next.</summary>
    public IEnumerable<int> Choices(UnitState state, int thread, bool fires)
    {
        Load(state);
        int ways = execution.Enabled(vector, thread);
        bool optional = ways == 2 && execution.Shape.Header(vector, thread)->Kind == StepKind.Access && execution.Shape.Header(vector, thread)->Word == 0;
        return Enumerable.Range(0, optional && fires ? 1 : ways);
    }

    /// <summary>One step of a thread. Null when it is none.</summary>
    /// <param name="state">Before it.</param>
    /// <param name="thread">Who moves.</param>
    /// <param name="choice">Which way.</param>
    /// <param name="seen">The event that it fired; 0: none.</param>
    public UnitState? Step(UnitState state, int thread, int choice, out long seen)
    {
        Load(state);
        fired = 0;
        execution.Run(thread, choice);
        seen = fired;
        return execution.Pruned ? null : Save();
    }

    /// <summary>An operation of the hidden thread as a whole, from a state where that thread is idle. Null when it has to wait, or shows.</summary>
    public UnitState? Hidden(UnitState state, int entry, Func<TraceEvent, bool> shows)
    {
        // What a smaller file flushes is the page at its new end, which need not be this one.
        bool Shows(long e) => e != 0 && shows(TraceEvent.Unpack(e)) && (code[entry].Opcode != Opcode.Truncate || TraceEvent.Unpack(e).IsFault);

        Load(state);
        fired = 0;
        execution.Run(Slots, entry);
        while (!execution.Pruned && !Shows(fired))
        {
            if (IsIdle(Slots))
            {
                return Save();
            }

            int ways = execution.Enabled(vector, Slots);
            if (ways == 0)
            {
                return null;
            }

            fired = 0;
            execution.Run(Slots, ways > 1 ? ways - 1 : 0); // the last way leaves an optional event out
        }

        return null;
    }

    /// <inheritdoc/>
    public void Traced(long what) => fired = what;

    void IRecorder.Enter(int frameId)
    {
    }

    void IRecorder.Leave()
    {
    }

    void IRecorder.Wrote(int word, int before, int after)
    {
    }

    void IRecorder.Acquired(int lockWord, StepKind kind)
    {
    }

    void IRecorder.Released(int lockWord)
    {
    }

    void IRecorder.Note(string text)
    {
    }

    void IRecorder.Violated(Violation violation, int word, string? detail)
    {
    }

    /// <inheritdoc/>
    public void Dispose() => execution.Dispose();

    private static string Where(int page) => page == 0 ? "the page" : "the rest of its huge page";

    // Punching, truncating and shifting write back first on some versions.
    private bool MayFlush(int entry) =>
        menu[entry] == TraceOp.WriteBack || (menu[entry] == TraceOp.SystemCall && code[entry].Opcode is Opcode.Fsync or Opcode.Truncate or Opcode.Fallocate);

    private bool IsTrapOf(int entry, TraceEvent e) =>
        menu[entry] is TraceOp.Trap or TraceOp.TrapUnderMmapLock
        && code[entry].Object == e.Object
        && code[entry].Page == e.Page
        && (code[entry].Opcode == Opcode.Store) == e.Flags.HasFlag(Kernel.Values.FaultFlags.Write)
        && (menu[entry] == TraceOp.Trap || (e.Flags & Kernel.Values.FaultFlags.VmaLock) == 0);

    private void AddTraps(Unit unit)
    {
        for (int map = 0; map < unit.Maps.Count; map++)
        {
            for (int page = 0; page < (unit.Maps[map].FitsHuge ? Pages : 1); page++)
            {
                foreach (Opcode opcode in new[] { Opcode.Load, Opcode.Store })
                {
                    var i = new Instruction(opcode, map, page, 0, -1, 0, 0, 0);
                    Add(TraceOp.Trap, i);
                    Add(TraceOp.TrapUnderMmapLock, i);
                }
            }

            Add(TraceOp.SystemCall, new Instruction(Opcode.DontNeed, map, -1, 0, -1, 0, 0, 0));
            if (!unit.Maps[map].FitsHuge)
            {
                Add(TraceOp.AllocateTable, new Instruction(Opcode.DontNeed, map, -1, 0, -1, 0, 0, 0));
            }

            Add(TraceOp.Remap, new Instruction(Opcode.Munmap, map, 0, 0, -1, 0, 0, 0));
        }
    }

    // Where nothing can be mapped huge, the rest of the huge page has no part in it.
    private void AddCalls(int pages)
    {
        for (int page = 0; page < pages; page++)
        {
            Add(TraceOp.SystemCall, new Instruction(Opcode.Write, 0, page, -1, -1, 0, 0, 0));
            Add(TraceOp.SystemCall, new Instruction(Opcode.Fallocate, 0, page, 0, -1, 0, 0, 0) { Pages = 1, Mode = FallocateMode.PunchHole });
            Add(TraceOp.SystemCall, new Instruction(Opcode.Fallocate, 0, page, 0, -1, 0, 0, 0) { Pages = 1, Mode = FallocateMode.Allocate });
        }

        if (pages > 1)
        {
            Add(TraceOp.SystemCall, new Instruction(Opcode.Fallocate, 0, 0, 0, -1, 0, 0, 0) { Pages = pages, Mode = FallocateMode.PunchHole });
            Add(TraceOp.SystemCall, new Instruction(Opcode.Fallocate, 0, 0, 0, -1, 0, 0, 0) { Pages = pages, Mode = FallocateMode.Allocate });
        }

        for (int size = 0; size <= Pages; size++)
        {
            Add(TraceOp.SystemCall, new Instruction(Opcode.Truncate, 0, 0, 0, -1, size, 0, 0));
        }

        for (int page = 0; page < pages; page++)
        {
            Add(TraceOp.WriteBack, new Instruction(Opcode.Fsync, 0, page, 0, -1, 0, 0, 0));
        }

        Add(TraceOp.SystemCall, new Instruction(Opcode.Fsync, 0, 0, 0, -1, 0, 0, 0));
        Add(TraceOp.Commit, new Instruction(Opcode.Fsync, 0, 0, 0, -1, 0, 0, 0));
        Add(TraceOp.Evict, new Instruction(Opcode.Truncate, 0, 0, 0, -1, 0, 0, 0));
    }

    private void Add(TraceOp op, Instruction instruction)
    {
        menu.Add(op);
        code.Add(instruction);
    }

    // Only the choice of what to do next has as many alternatives as the menu has entries.
    private bool IsIdle(int thread) => execution.Shape.Header(vector, thread)->Alternatives == menu.Count;

    private void Load(UnitState state)
    {
        execution.Attach(vector);
        fixed (byte* bytes = state.Bytes)
        {
            execution.Shape.Unpack(bytes, vector);
        }
    }

    private UnitState Save()
    {
        machine.ForgetContents(execution, freedBlocks: !huge);
        bool idle = true;
        for (int thread = 0; thread <= Slots && idle; thread++)
        {
            idle = IsIdle(thread);
        }

        if (idle)
        {
            machine.RenumberAnonPages(execution);
        }

        var bytes = new byte[execution.Shape.PackedBytes(vector)];
        fixed (byte* to = bytes)
        {
            execution.Shape.Pack(vector, to);
        }

        return new UnitState(bytes, execution.StateFingerprint);
    }
}

using System.Globalization;
using Faultline.Engine.Witnesses;
using Faultline.Kernel;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Traces;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Explain.Traces;

/// <summary>Writes a run of the model as ftrace would print it on a real kernel: fs_dax events and page_fault_user.</summary>
public sealed class Ftrace
{
    private const int FirstPid = 100;
    private const int FirstIno = 0xc;
    private const long LastPage = 0x7ffffffffffff;
    private const ulong SomePfn = 0x100000;
    private const ulong ZeroPfn = 0x15400;
    private static readonly Release XArray = new(4, 20);
    private static readonly Release Folios = new(6, 12);

    private readonly Machine machine;
    private readonly RealGeometry real;
    private readonly TextWriter to;

    private Ftrace(TextWriter to, Machine machine)
    {
        this.to = to;
        this.machine = machine;
        real = new RealGeometry(machine.Program);
    }

    /// <summary>Writes the events of a schedule. Time stamps are the schedule's steps, in microseconds.</summary>
    /// <param name="to">Where.</param>
    /// <param name="machine">The machine it was found in.</param>
    /// <param name="schedule">The schedule.</param>
    public static void Write(TextWriter to, Machine machine, Schedule schedule)
    {
        var it = new Ftrace(to, machine);
        it.WriteHead();
        foreach (FiredEvent fired in TraceRun.Of(machine, schedule))
        {
            it.Write(fired);
        }
    }

    private bool ShowsTgid => machine.Program.Processes.Count > 1;

    private void WriteHead()
    {
        to.WriteLine("# tracer: nop");
        to.WriteLine("#");
        to.WriteLine($"# {machine.Program.Name} on the model of {machine.Version.Name}; a microsecond is a step of the schedule");
        for (int file = 0; file < machine.Program.Files.Count; file++)
        {
            to.WriteLine($"# file {machine.Program.Files[file].Name}: ino 0x{FirstIno + file:x}");
        }

        to.WriteLine("#");
        to.WriteLine(ShowsTgid ? "#           TASK-PID     (  TGID) CPU#  |||||  TIMESTAMP  FUNCTION" : "#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION");
    }

    private void Write(FiredEvent fired)
    {
        string task = $"{machine.Program.Threads[fired.Thread].Name}-{FirstPid + fired.Thread}";
        string tgid = ShowsTgid ? $"({FirstPid + machine.Program.Threads[fired.Thread].Process,7}) " : "";
        string flags = fired.Event.Kind == TraceEventKind.PageFaultUser ? "d...." : fired.Event.Kind == TraceEventKind.WritebackOne ? "d..1." : ".....";
        string time = (fired.Step / 1e6).ToString("0.000000", CultureInfo.InvariantCulture);
        to.WriteLine($"{task,16}     {tgid}[{fired.Thread:000}] {flags} {time,12}: {TraceEventNames.Of(fired.Event.Kind)}: {Fields(fired.Event)}");
    }

    private string Fields(TraceEvent e)
    {
        if (e.Kind == TraceEventKind.PageFaultUser)
        {
            int code = 4 | (e.Entry == EntryBits.None ? 0 : 1) | (IsStore(e) ? 2 : 0);
            return $"address=0x{real.Address(e.Object, e.Page):x} ip=0x401000 error_code=0x{code:x}";
        }

        return e.IsFault ? FaultFields(e) : WritebackFields(e);
    }

    private string WritebackFields(TraceEvent e)
    {
        string file = Inode(e.Object);
        if (e.Kind == TraceEventKind.WritebackOne)
        {
            return $"{file} pgoff 0x{real.Page(e.Object, e.Page):x} pglen 0x{real.Length(e.Object, e.Pages):x}";
        }

        int capacity = machine.Program.Files[e.Object].Pages.Count;
        long end = real.End(e.Object, e.Page + e.Pages), last = e.Page == 0 && e.Pages == capacity ? LastPage : end - 1;
        return $"{file} pgoff 0x{(e.Kind == TraceEventKind.WritebackRange ? real.Page(e.Object, e.Page) : end):x}-0x{last:x}";
    }

    private string FaultFields(TraceEvent e)
    {
        MapSpec map = machine.Program.Maps[e.Object];
        string head = $"{Inode(map.File)} {(map.Shared ? "shared" : "private")}";
        string address = $"address 0x{real.Address(e.Object, e.Page):x}";
        string pgoff = $"pgoff 0x{real.Page(map.File, e.Page):x}";
        string result = TraceWords.Of(e.Result);
        switch (e.Kind)
        {
            case TraceEventKind.PmdFault or TraceEventKind.PmdFaultDone:
                long size = e.Pages == 0 ? 0 : real.End(map.File, e.Pages);
                return $"{head} {TraceWords.Of(e.Flags)} {address} vm_start 0x{real.Start(e.Object):x} vm_end 0x{real.Stop(e.Object):x} {pgoff} max_pgoff 0x{size:x} {result}";
            case TraceEventKind.PmdLoadHole or TraceEventKind.PmdLoadHoleFallback:
                string zero = Release.Parse(machine.Version.Name) >= Folios ? "zero_folio" : "zero_page";
                return $"{head} {address} {zero} 00000000a16dfd0f radix_entry 0x{RadixEntry(e.Entry, ZeroPfn):x}";
            case TraceEventKind.InsertMapping:
                return $"{head} {(IsStore(e) ? "write" : "read")} {address} radix_entry 0x{RadixEntry(e.Entry, SomePfn):x}";
            case TraceEventKind.PmdInsertMapping:
                return $"{head} {(IsStore(e) ? "write" : "read")} {address} length 0x200000 pfn 0x{SomePfn:x} DEV|MAP radix_entry 0x{RadixEntry(e.Entry, SomePfn):x}";
            default:
                return $"{head} {TraceWords.Of(e.Flags)} {address} {pgoff} {result}";
        }
    }

    // fs/dax.c: since v4.20 an XArray value of the PFN and four bits; before, a radix tree's exceptional entry (bit 1), the same bits one higher.
    private ulong RadixEntry(EntryBits bits, ulong pfn) => Release.Parse(machine.Version.Name) >= XArray
        ? (((pfn << 4) | (ulong)bits) << 1) | 1
        : (pfn << 6) | ((ulong)bits << 2) | 2;

    private static string Inode(int file) => $"dev 259:0 ino 0x{FirstIno + file:x}";

    private static bool IsStore(TraceEvent e) => (e.Flags & FaultFlags.Write) != 0;
}

using Faultline.Kernel;
using Faultline.Kernel.Checks;
using Faultline.Litmus.Conditions;

namespace Faultline.Litmus.Checking;

/// <summary>The state that the execution is attached to, as a condition sees it.</summary>
/// <param name="machine">The machine.</param>
/// <param name="hang">Whether no end of the program can be reached from the state.</param>
internal sealed class MachineOutcome(Machine machine, bool hang) : IOutcome
{
    public bool Hang => hang;

    public int Register(int thread, int slot) => MachineView.Register(machine, thread, slot);

    public int MapWord(int map, int page, int word) => Outcome.MapWord(map, page, word);

    public int FileWord(int file, int page, int word) => Outcome.FileWord(file, page, word);

    public PteKind Pte(int map, int page) => MachineView.Pte(machine, map, page).Pfn.Kind switch
    {
        Kernel.Values.PfnKind.None => PteKind.None,
        Kernel.Values.PfnKind.Zero or Kernel.Values.PfnKind.HugeZero => PteKind.Zero,
        Kernel.Values.PfnKind.HolePage => PteKind.Hole,
        Kernel.Values.PfnKind.Block => PteKind.Block,
        _ => PteKind.Anon,
    };

    public bool PteWritable(int map, int page) => MachineView.Pte(machine, map, page).IsWritable;

    public bool PteDirty(int map, int page) => MachineView.Pte(machine, map, page).IsDirty;

    public EntryKind Entry(int file, int page) => MachineView.Entry(machine, file, page).Kind switch
    {
        Kernel.Values.EntryKind.None => EntryKind.None,
        Kernel.Values.EntryKind.Empty => EntryKind.Empty,
        Kernel.Values.EntryKind.Zero => EntryKind.Zero,
        Kernel.Values.EntryKind.Page => EntryKind.Page,
        _ => EntryKind.Block,
    };

    public bool EntryDirty(int file, int page) => MachineView.Entry(machine, file, page).IsDirty;

    public int Faults(int thread) => MachineView.Faults(machine, thread);

    public bool Warned(string function) => MachineView.Warned(machine, function);

    public bool Bugged(string name) => MachineView.Bugged(machine, name);

    public bool Sigbus(int thread) => MachineView.Sigbus(machine, thread);

    public bool Reached(string mark) => MachineView.Reached(machine, mark);

    public int Size(int file) => MachineView.Size(machine, file);

    public int Durable(int file, int page, int word) => MachineView.Durable(machine, file, page, word);

    public int DurableSize(int file) => MachineView.DurableSize(machine, file);

    public PmdKind Pmd(int map, int page) => MachineView.Pmd(machine, map, page) switch
    {
        { IsNone: true } => PmdKind.None,
        { IsTable: true } => PmdKind.Table,
        { IsHugeZero: true } => PmdKind.Zero,
        _ => PmdKind.Block,
    };

    public bool EntryHuge(int file, int page) => MachineView.Entry(machine, file, page).IsHuge;

    public ExtentKind Extent(int file, int page) => MachineView.Extent(machine, file, page).Type switch
    {
        Kernel.Values.IomapType.Hole => ExtentKind.Hole,
        Kernel.Values.IomapType.Unwritten => ExtentKind.Unwritten,
        _ => ExtentKind.Block,
    };

    public bool Sigsegv(int thread) => MachineView.Sigsegv(machine, thread);

    public bool Crashed => MachineView.Crashed(machine);
}

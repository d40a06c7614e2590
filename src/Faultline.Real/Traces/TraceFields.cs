using System.Globalization;
using System.Text.RegularExpressions;
using Faultline.Kernel.Traces;
using Faultline.Kernel.Values;

namespace Faultline.Real.Traces;

/// <summary>The fields of an event, by the print formats of include/trace/events/fs_dax.h (v4.12 to v6.18) and exceptions.h.</summary>
internal static partial class TraceFields
{
    private const int PageShift = 12;

    private static readonly Dictionary<string, VmFault> Results = new()
    {
        ["OOM"] = VmFault.Oom,
        ["SIGBUS"] = VmFault.Sigbus,
        ["MAJOR"] = VmFault.Major,
        ["WRITE"] = VmFault.Write,
        ["SIGSEGV"] = VmFault.Sigsegv,
        ["NOPAGE"] = VmFault.NoPage,
        ["RETRY"] = VmFault.Retry,
        ["FALLBACK"] = VmFault.Fallback,
        ["DONE_COW"] = VmFault.DoneCow,
        ["NEEDDSYNC"] = VmFault.NeedDSync,
    };

    /// <summary>The fields of a kind of event, for an error.</summary>
    public static string Expected(TraceEventKind kind) => kind switch
    {
        TraceEventKind.PageFaultUser => "address=0x... ip=0x... error_code=0x...",
        TraceEventKind.WritebackRange or TraceEventKind.WritebackRangeDone => "dev M:N ino 0x... pgoff 0x...-0x...",
        TraceEventKind.WritebackOne => "dev M:N ino 0x... pgoff 0x... pglen 0x...",
        TraceEventKind.PmdFault or TraceEventKind.PmdFaultDone =>
            "dev M:N ino 0x... shared|private FLAGS address 0x... vm_start 0x... vm_end 0x... pgoff 0x... max_pgoff 0x... RESULT",
        TraceEventKind.PmdLoadHole or TraceEventKind.PmdLoadHoleFallback =>
            "dev M:N ino 0x... shared|private address 0x... zero_page|zero_folio ... radix_entry 0x...",
        TraceEventKind.InsertMapping => "dev M:N ino 0x... shared|private write|read address 0x... radix_entry 0x...",
        TraceEventKind.PmdInsertMapping => "dev M:N ino 0x... shared|private write|read address 0x... length 0x... pfn 0x... FLAGS radix_entry 0x...",
        _ => "dev M:N ino 0x... shared|private FLAGS address 0x... pgoff 0x... RESULT",
    };

    /// <summary>Fills in an event's fields; null when they cannot be read.</summary>
    public static TraceRecord? Read(TraceEventKind kind, string fields, TraceRecord record)
    {
        Match match = (kind switch
        {
            TraceEventKind.PageFaultUser => PageFault(),
            TraceEventKind.WritebackRange or TraceEventKind.WritebackRangeDone => Range(),
            TraceEventKind.WritebackOne => One(),
            TraceEventKind.PmdFault or TraceEventKind.PmdFaultDone => Pmd(),
            TraceEventKind.PmdLoadHole or TraceEventKind.PmdLoadHoleFallback => PmdHole(),
            TraceEventKind.InsertMapping or TraceEventKind.PmdInsertMapping => Insert(),
            _ => Pte(),
        }).Match(fields);
        try
        {
            return match.Success ? Fill(kind, match, record) : null;
        }
        catch (OverflowException)
        {
            return null; // a number of more than 64 bits: two lines in one
        }
    }

    private static TraceRecord Fill(TraceEventKind kind, Match m, TraceRecord record)
    {
        ulong Hex(string group) => m.Groups[group].Success && m.Groups[group].Length > 0
            ? ulong.Parse(m.Groups[group].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture) : 0;
        ulong address = Hex("address") >> PageShift << PageShift;
        if (kind == TraceEventKind.PageFaultUser)
        {
            ulong code = Hex("code");
            return record with { Address = address, Present = (code & 1) != 0, Flags = (code & 2) != 0 ? FaultFlags.Write : FaultFlags.None };
        }

        record = record with { Inode = new TracedInode(m.Groups["dev"].Value, Hex("ino")) };
        long page = m.Groups["pgoff"].Success ? checked((long)Hex("pgoff")) : -1;
        if (kind is TraceEventKind.WritebackRange or TraceEventKind.WritebackRangeDone or TraceEventKind.WritebackOne)
        {
            long last = kind == TraceEventKind.WritebackOne ? checked(page + (long)Hex("pglen") - 1) : checked((long)Hex("last"));
            return record with { Page = page, LastPage = last };
        }

        (VmFault result, string? other) = ResultOf(m.Groups["result"].Value);
        return record with
        {
            Shared = m.Groups["kind"].Value == "shared",
            Flags = FlagsOf(m),
            Result = result,
            OtherResult = other,
            Address = address,
            Page = page,
            FilePages = m.Groups["max"].Success ? checked((long)Hex("max")) : -1,
            VmaStart = Hex("start"),
            VmaEnd = Hex("end"),
            RadixEntry = m.Groups["entry"].Success ? Hex("entry") : null,
        };
    }

    private static FaultFlags FlagsOf(Match m)
    {
        FaultFlags flags = FaultFlags.None;
        foreach (string flag in m.Groups["flags"].Value.Split('|'))
        {
            flags |= flag switch
            {
                "WRITE" or "write" => FaultFlags.Write,
                "MKWRITE" => FaultFlags.MkWrite,
                "VMA_LOCK" => FaultFlags.VmaLock,
                _ => FaultFlags.None, // how the fault may be retried, and who takes it: not modelled
            };
        }

        return flags;
    }

    private static (VmFault Result, string? Other) ResultOf(string text)
    {
        VmFault result = VmFault.None;
        string? other = null;
        foreach (string name in text.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (Results.TryGetValue(name, out VmFault bit))
            {
                result |= bit;
            }
            else
            {
                other = name;
            }
        }

        return (result, other);
    }

    [GeneratedRegex(@"^\s*address=(0x)?(?<address>[\da-f]+) ip=(0x)?\S+ error_code=(0x)?(?<code>[\da-f]+)\s*$")]
    private static partial Regex PageFault();

    [GeneratedRegex(@"^\s*dev (?<dev>\d+:\d+) ino (0x)?(?<ino>[\da-f]+) pgoff (0x)?(?<pgoff>[\da-f]+)-(0x)?(?<last>[\da-f]+)\s*$")]
    private static partial Regex Range();

    [GeneratedRegex(@"^\s*dev (?<dev>\d+:\d+) ino (0x)?(?<ino>[\da-f]+) pgoff (0x)?(?<pgoff>[\da-f]+) pglen (0x)?(?<pglen>[\da-f]+)\s*$")]
    private static partial Regex One();

    [GeneratedRegex(@"^\s*dev (?<dev>\d+:\d+) ino (0x)?(?<ino>[\da-f]+) (?<kind>shared|private) (?<flags>\S*) ?address (0x)?(?<address>[\da-f]+) vm_start (0x)?(?<start>[\da-f]+) vm_end (0x)?(?<end>[\da-f]+) pgoff (0x)?(?<pgoff>[\da-f]+) max_pgoff (0x)?(?<max>[\da-f]+)(\s+(?<result>[\w|]+))?\s*$")]
    private static partial Regex Pmd();

    [GeneratedRegex(@"^\s*dev (?<dev>\d+:\d+) ino (0x)?(?<ino>[\da-f]+) (?<kind>shared|private) (?<flags>\S*) ?address (0x)?(?<address>[\da-f]+) pgoff (0x)?(?<pgoff>[\da-f]+)(\s+(?<result>[\w|]+))?\s*$")]
    private static partial Regex Pte();

    [GeneratedRegex(@"^\s*dev (?<dev>\d+:\d+) ino (0x)?(?<ino>[\da-f]+) (?<kind>shared|private) address (0x)?(?<address>[\da-f]+) zero_(page|folio) \S+ radix_entry (0x)?(?<entry>[\da-f]+)\s*$")]
    private static partial Regex PmdHole();

    [GeneratedRegex(@"^\s*dev (?<dev>\d+:\d+) ino (0x)?(?<ino>[\da-f]+) (?<kind>shared|private) (?<flags>write|read) address (0x)?(?<address>[\da-f]+) (length (0x)?[\da-f]+ pfn (0x)?[\da-f]+ \S* ?)?radix_entry (0x)?(?<entry>[\da-f]+)\s*$")]
    private static partial Regex Insert();
}

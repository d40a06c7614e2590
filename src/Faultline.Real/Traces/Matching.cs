using Faultline.Kernel.Traces;
using Faultline.Kernel.Values;

namespace Faultline.Real.Traces;

/// <summary>When an event of the model is the one in the capture.</summary>
internal static class Matching
{
    /// <summary>Same kind, mapping, page, flags, result, size and entry, as far as the event prints them.</summary>
    public static bool Matches(UnitEvent seen, TraceEvent model)
    {
        TraceEvent e = seen.Event;
        if (e.Kind != model.Kind || seen.Record.OtherResult is not null)
        {
            return false;
        }

        return e.Kind switch
        {
            TraceEventKind.WritebackRange => e.Page >= model.Page && e.Page < model.Page + model.Pages,
            TraceEventKind.WritebackRangeDone => true,
            TraceEventKind.WritebackOne => e.Pages == model.Pages,
            TraceEventKind.PageFaultUser => SameFault(e, model) && e.Entry == model.Entry,
            TraceEventKind.PmdFault or TraceEventKind.PmdFaultDone => SameFault(e, model) && e.Pages == model.Pages,
            TraceEventKind.PmdLoadHole or TraceEventKind.PmdLoadHoleFallback => e.Object == model.Object && e.Page == model.Page && e.Entry == model.Entry,
            TraceEventKind.InsertMapping or TraceEventKind.PmdInsertMapping => IsStore(e) == IsStore(model) && e.Object == model.Object && e.Page == model.Page && e.Entry == model.Entry,
            _ => SameFault(e, model),
        };
    }

    private static bool IsStore(TraceEvent e) => (e.Flags & FaultFlags.Write) != 0;

    private static bool SameFault(TraceEvent e, TraceEvent model) =>
        e.Object == model.Object && e.Page == model.Page && e.Flags == model.Flags && e.Result == model.Result;
}

using System.Runtime.CompilerServices;

namespace Faultline.Engine.Coroutines;

/// <summary>The id of a frame whose function has not begun, because it waits for the lock of an exclusive section.</summary>
internal static unsafe class WaitingFrame<TFrame>
    where TFrame : IAsyncStateMachine
{
    public static readonly int Id = FrameTypes.Register(typeof(TFrame), typeof(WaitingFrame<TFrame>), &Begin);

    // From now on it is a frame like any other; it lies in the state vector, its id behind it.
    private static void Begin(byte* frame)
    {
        int size = (Unsafe.SizeOf<TFrame>() + 7) & ~7;
        ((int*)(frame + size))[0] = FrameType<TFrame>.Id;
        Execution.Current.EnterSection();
        Unsafe.AsRef<TFrame>(frame).MoveNext();
    }
}

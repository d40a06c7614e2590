using System.Runtime.CompilerServices;

namespace Faultline.Engine.Coroutines;

/// <summary>What a model coroutine can await. Continuations are never registered: the builder keeps the frame in the state vector.</summary>
public interface IStep : ICriticalNotifyCompletion
{
    /// <inheritdoc/>
    void INotifyCompletion.OnCompleted(Action continuation) => throw new NotSupportedException();

    /// <inheritdoc/>
    void ICriticalNotifyCompletion.UnsafeOnCompleted(Action continuation) => throw new NotSupportedException();
}
